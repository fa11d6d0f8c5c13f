// Draws what <canvas data-chart> holds, in the colours of the theme; the same numbers stand in a table beneath.
(() => {
  "use strict";
  const drawn = new Map();
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.className = `paint-${name}`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const number = new Intl.NumberFormat("tr-TR");
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  function draw(canvas) {
    drawn.get(canvas)?.destroy();
    const given = JSON.parse(canvas.dataset.chart);
    const quiet = colour("quiet");
    const line = colour("line");
    const datasets = given.series.map((one) => ({
      label: one.name,
      data: one.values,
      type: one.type || given.type,
      borderColor: colour(one.colour || "accent"),
      backgroundColor: one.fill ? colour("accent-soft") : colour(one.colour || "accent"),
      borderDash: one.dotted ? [4, 4] : [],
      stepped: one.stepped ? "before" : false,
      fill: Boolean(one.fill),
      pointRadius: 0,
      pointHitRadius: 12,
      borderWidth: 2,
      stack: given.stacked ? "all" : undefined,
    }));
    drawn.set(canvas, new Chart(canvas, {
      type: given.type,
      data: { labels: given.labels, datasets },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { labels: { color: quiet, boxWidth: 12, boxHeight: 2 } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${number.format(item.parsed.y)}${given.unit ? ` ${given.unit}` : ""}` } },
        },
        scales: {
          x: { stacked: Boolean(given.stacked), ticks: { color: quiet, maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
          y: { stacked: Boolean(given.stacked), beginAtZero: true, ticks: { color: quiet, precision: 0, callback: (value) => number.format(value) }, grid: { color: line } },
        },
      },
    }));
  }
  const every = () => document.querySelectorAll("canvas[data-chart]").forEach(draw);
  every();
  document.addEventListener("htmx:afterSettle", every);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", every);
})();
