// SPDX-License-Identifier: Apache-2.0
// Draws every [data-chart] figure: data from the json_script beside it or from its data-url.
// {type?, categories | times, series: [{name, kind, values, draw?, stack?, estimated?}], unit, divisor?, places?}
(function () {
  const echarts = window.echarts;
  const drawn = new Map();

  const KINDS = {
    solar: "solar", grid: "grid", battery: "battery", heat: "heat", hot_water: "hot-water",
    cold_water: "cold-water", cooling: "cooling", charging: "charging", laundry: "laundry",
    common: "common", feed_in: "feed-in", production: "solar", consumption: "grid",
  };
  // Patterns, so that print and colour-blind eyes tell series apart; solar stays plain.
  const DECALS = {
    grid: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
    battery: { symbol: "circle", symbolSize: 0.5, dashArrayX: [[0, 6], [6, 0]], dashArrayY: [6, 0] },
    charging: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 4], rotation: Math.PI / 4 },
    common: { symbol: "rect", dashArrayX: [2, 4], dashArrayY: [2, 4] },
    heat: { symbol: "triangle", symbolSize: 0.6, dashArrayX: [4, 6], dashArrayY: [6, 6] },
    hot_water: { symbol: "diamond", symbolSize: 0.6, dashArrayX: [4, 6], dashArrayY: [6, 6] },
  };

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (kind) => css(`--zw-${KINDS[kind] || "other"}`);
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function write(value, content) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    const places = content.places ?? 1;
    const [whole, rest] = Math.abs(value).toFixed(places).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, content.group ?? "'");
    return `${value < 0 ? "−" : ""}${grouped}${rest ? (content.point ?? ".") + rest : ""}`;
  }

  function decal(kind) {
    const pattern = DECALS[kind];
    return pattern ? { color: "rgba(255,255,255,0.28)", ...pattern } : { symbol: "none" };
  }

  function oneSeries(series, content) {
    const divisor = content.divisor ?? 1;
    const draw = series.draw || "bar";
    const values = series.values.map((v) => (v === null ? null : Number(v) / divisor));
    const data = content.times ? values.map((v, i) => [content.times[i], v]) : values;
    const base = {
      name: series.name,
      type: draw === "bar" ? "bar" : "line",
      stack: series.stack || undefined,
      data,
      connectNulls: false,
      color: series.colour || colour(series.kind),
      emphasis: { focus: "series" },
      animationDuration: calm() ? 0 : 300,
    };
    if (draw === "bar") {
      return {
        ...base,
        barMaxWidth: 40,
        barGap: "12%",
        itemStyle: { decal: decal(series.kind), borderRadius: series.stack ? 0 : [3, 3, 0, 0] },
      };
    }
    return {
      ...base,
      step: series.step || false,
      showSymbol: values.length < 40,
      symbolSize: 6,
      sampling: "lttb",
      lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid" },
      areaStyle: draw === "area" ? { opacity: 0.25, decal: decal(series.kind) } : undefined,
    };
  }

  function axis(content, ink, line) {
    const common = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: ink, hideOverlap: true } };
    if (content.times) return { type: "time", ...common, splitLine: { show: false } };
    return { type: "category", data: content.categories, ...common };
  }

  function cartesian(content) {
    const ink = css("--zw-ink-2");
    const line = css("--zw-line");
    const long = content.times && content.times.length > 200;
    return {
      textStyle: { fontFamily: css("--zw-font") },
      aria: { enabled: false },
      grid: { left: 8, right: 16, top: 48, bottom: long ? 56 : 8, containLabel: true },
      legend: {
        type: "scroll", top: 0, left: 0, itemGap: 20, icon: "roundRect", itemWidth: 14, itemHeight: 14,
        textStyle: { color: css("--zw-ink") }, inactiveColor: css("--zw-line-strong"),
      },
      tooltip: {
        trigger: "axis", confine: true, backgroundColor: css("--zw-surface"), borderColor: css("--zw-line-strong"),
        textStyle: { color: css("--zw-ink"), fontSize: 13 }, axisPointer: { type: content.times ? "line" : "shadow" },
        valueFormatter: (value) => `${write(value, content)} ${content.unit || ""}`,
      },
      xAxis: axis(content, ink, line),
      yAxis: {
        type: "value", name: content.unit || "", nameTextStyle: { color: ink, align: "left", padding: [0, 0, 0, -24] },
        nameGap: 12, axisLabel: { color: ink, formatter: (value) => write(value, { ...content, places: Number.isInteger(value) ? 0 : 1 }) },
        splitLine: { lineStyle: { color: line } },
      },
      dataZoom: long ? [{ type: "inside" }, { type: "slider", height: 24, bottom: 8, borderColor: line }] : [],
      series: content.series.map((series) => oneSeries(series, content)),
    };
  }

  // {type: "sankey", nodes: [{name, kind}], links: [{source, target, value}], unit, divisor, columns, table}
  function sankey(content) {
    const divisor = content.divisor ?? 1;
    return {
      textStyle: { fontFamily: css("--zw-font") },
      aria: { enabled: false },
      tooltip: {
        trigger: "item", confine: true, backgroundColor: css("--zw-surface"), borderColor: css("--zw-line-strong"),
        textStyle: { color: css("--zw-ink") }, valueFormatter: (value) => `${write(value, content)} ${content.unit || ""}`,
      },
      series: [{
        type: "sankey", left: 8, right: 120, top: 8, bottom: 8, nodeGap: 16, draggable: false, animation: !calm(),
        label: { color: css("--zw-ink"), fontSize: 13 },
        lineStyle: { color: "gradient", opacity: 0.35 },
        data: content.nodes.map((node) => ({ name: node.name, itemStyle: { color: colour(node.kind) } })),
        links: content.links.map((link) => ({ ...link, value: Number(link.value) / divisor })),
      }],
    };
  }

  // {type: "heatmap", columns_axis: [...], rows_axis: [...], cells: [[x, y, value]], kind, unit, divisor}
  function heatmap(content) {
    const divisor = content.divisor ?? 1;
    const cells = content.cells.filter((cell) => cell[2] !== null).map(([x, y, v]) => [x, y, Number(v) / divisor]);
    const ink = css("--zw-ink-2");
    return {
      textStyle: { fontFamily: css("--zw-font") },
      aria: { enabled: false },
      grid: { left: 8, right: 8, top: 8, bottom: 56, containLabel: true },
      tooltip: { confine: true, backgroundColor: css("--zw-surface"), textStyle: { color: css("--zw-ink") }, valueFormatter: (v) => `${write(v, content)} ${content.unit || ""}` },
      xAxis: { type: "category", data: content.columns_axis, axisLabel: { color: ink }, axisTick: { show: false } },
      yAxis: { type: "category", data: content.rows_axis, axisLabel: { color: ink }, axisTick: { show: false } },
      visualMap: {
        min: 0, max: Math.max(1e-9, ...cells.map((cell) => cell[2])), orient: "horizontal", left: "center", bottom: 8,
        textStyle: { color: ink }, calculable: false, inRange: { color: [css("--zw-surface-2"), colour(content.kind || "solar")] },
      },
      series: [{ type: "heatmap", data: cells, animation: false }],
    };
  }

  const SHAPES = { sankey, heatmap };

  function isEmpty(content) {
    if (content.type === "sankey") return !content.links.length;
    if (content.type === "heatmap") return !content.cells.length;
    return !content.series.some((series) => series.values.some((value) => value !== null));
  }

  function fillTable(figure, content) {
    const body = figure.querySelector("[data-chart-rows]");
    if (!body || body.rows.length || !content.series) return;
    const heads = content.categories || content.times;
    const head = figure.querySelector("thead tr");
    for (const series of content.series) {
      const cell = head.appendChild(document.createElement("th"));
      cell.scope = "col";
      cell.className = "zw-num";
      cell.textContent = `${series.name} (${content.unit || ""})`;
    }
    heads.forEach((name, place) => {
      const row = body.insertRow();
      row.insertCell().textContent = name;
      for (const series of content.series) {
        const cell = row.insertCell();
        cell.className = "zw-num";
        const value = series.values[place];
        cell.textContent = value === null ? "–" : write(Number(value) / (content.divisor ?? 1), content);
      }
    });
  }

  function say(figure, state) {
    const canvas = figure.querySelector("[data-chart-canvas]");
    canvas.dataset.state = state;
    canvas.style.minHeight = "120px";
    canvas.textContent = JSON.parse(figure.dataset.words)[state];
  }

  function draw(figure, content) {
    if (isEmpty(content)) return say(figure, "empty");
    const canvas = figure.querySelector("[data-chart-canvas]");
    canvas.style.height = `${figure.dataset.chartHeight || 320}px`;
    const picture = drawn.get(figure)?.picture || echarts.init(canvas, null, { renderer: "svg" });
    picture.setOption((SHAPES[content.type] || cartesian)(content), true);
    drawn.set(figure, { picture, content });
    canvas.dataset.state = "drawn";
    fillTable(figure, content);
    const png = figure.querySelector("[data-chart-png]");
    if (png) png.hidden = false;
  }

  async function load(figure) {
    const beside = document.getElementById(`${figure.id}-data`);
    try {
      const content = beside
        ? JSON.parse(beside.textContent)
        : await fetch(figure.dataset.url, { headers: { Accept: "application/json" } }).then((answer) => {
            if (!answer.ok) throw new Error(`${answer.status}`);
            return answer.json();
          });
      draw(figure, content);
    } catch (error) {
      say(figure, "failed");
    }
  }

  // A PNG needs a canvas: the picture is drawn once more, out of sight, on white.
  function savePng(figure) {
    const { content } = drawn.get(figure);
    const sheet = document.createElement("div");
    const picture = echarts.init(sheet, null, { renderer: "canvas", width: 1200, height: 560, devicePixelRatio: 2 });
    picture.setOption({ ...(SHAPES[content.type] || cartesian)(content), animation: false, backgroundColor: css("--zw-surface") });
    const link = document.createElement("a");
    link.href = picture.getDataURL({ type: "png" });
    link.download = `${figure.id}.png`;
    link.click();
    picture.dispose();
  }

  const sizes = new ResizeObserver((entries) => {
    for (const entry of entries) drawn.get(entry.target)?.picture.resize();
  });

  function start(within) {
    for (const figure of within.querySelectorAll("[data-chart]")) {
      if (figure.dataset.started) continue;
      figure.dataset.started = "yes";
      load(figure);
      sizes.observe(figure);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-png]");
    if (button) savePng(button.closest("[data-chart]"));
  });
  document.addEventListener("zw:theme", () => {
    for (const [figure, { content }] of drawn) draw(figure, content);
  });
  document.addEventListener("htmx:after:swap", () => start(document));
  start(document);
})();
