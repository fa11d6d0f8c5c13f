// What pages do beyond forms and links; each of them works without this file, too.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // htmx sends the page's token, as forms do.
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = document.body.dataset.csrf || "";
  });
  // A request that a newer one replaced, or that ended with its page, is no error, though htmx would tell of it as one;
  // what fails tells of itself by an event of its own.
  if (window.htmx) htmx.logger = (_, name, detail) => { if (name === "htmx:sendAbort" || name === "htmx:afterRequest") delete detail.error; };
  document.addEventListener("htmx:responseError", (event) => toast(failed(event.detail.xhr.status), true));
  document.addEventListener("htmx:sendError", () => toast(failed(0), true));

  const turkish = root.lang === "tr";
  function failed(status) {
    if (status === 401) return turkish ? "Oturumunuz sona erdi. Hiçbir şey değiştirilmedi. Yeniden giriş yapın." : "Your session has ended. Nothing was changed. Sign in again.";
    if (status === 0) return turkish ? "Sunucuya ulaşılamadı. Hiçbir şey değiştirilmedi. Bağlantınızı denetleyip yineleyin." : "The server was not reached. Nothing was changed. Check your connection and try again.";
    return turkish ? "İstek yerine getirilemedi. Sayfayı yenileyip yineleyin." : "It could not be done. Reload the page and try again.";
  }
  function toast(words, bad = false) {
    const place = one(".toasts");
    if (!place) return;
    const line = document.createElement("div");
    line.className = bad ? "toast-line bad" : "toast-line";
    line.textContent = words;
    place.append(line);
    setTimeout(() => line.remove(), 6000);
  }

  // The tab that is on is seen where the row of tabs is longer than the screen.
  const tab = one(":is(.tabs, .tabs-row) [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16;

  // Copy what machines read.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast(turkish ? "Kopyalandı." : "Copied.");
    } catch {
      toast(turkish ? "Kopyalanamadı; metni seçip kopyalayın." : "It could not be copied; select the text instead.", true);
    }
  });

  // A row opens on click and Enter, unless a control in it was meant.
  const inRow = "a, button, input, select, textarea, label, summary";
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest(inRow) || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });

  // j and k walk the rows, Enter opens, x marks.
  const rows = () => all("tr[data-href]").filter((row) => row.offsetParent !== null);
  function step(by) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(document.activeElement.closest ? document.activeElement.closest("tr[data-href]") : null);
    const next = list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    next.tabIndex = -1;
    next.focus();
  }

  // A deed that cannot be undone is asked about first.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = event.submitter?.dataset.ask || form.dataset.ask;
    const dialog = one("#ask");
    if (words && dialog && !form.dataset.sure) {
      event.preventDefault();
      const submitter = event.submitter;
      one("#ask-words").textContent = words;
      dialog.returnValue = "";
      dialog.showModal();
      dialog.addEventListener("close", () => {
        if (dialog.returnValue !== "yes") return;
        form.dataset.sure = "1";
        form.requestSubmit(submitter);
      }, { once: true });
      return;
    }
    // a button that was pressed waits for the answer; a second press would be a second request
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      setTimeout(() => all("button[type=submit], button:not([type])", form).forEach((button) => { button.disabled = true; }), 0);
      setTimeout(() => all("button", form).forEach((button) => { button.disabled = false; }), 8000);
    }
  });

  // Marked rows bring the bar of deeds.
  function marked() {
    all(".bulk-bar").forEach((bar) => {
      const boxes = all('input[type=checkbox][name="id"]', bar.closest("form") || document);
      const count = boxes.filter((box) => box.checked).length;
      bar.hidden = count === 0;
      all("[data-count]", bar).forEach((place) => { place.textContent = String(count); });
    });
  }
  document.addEventListener("change", (event) => {
    const every = event.target.closest("[data-marks-all]");
    if (every) all('input[type=checkbox][name="id"]', every.closest("form")).forEach((box) => { box.checked = every.checked; });
    marked();
  });

  // A field that filters what stands beside it; Turkish letters by Turkish rules.
  const plain = (text) => text.toLocaleLowerCase("tr").normalize("NFC");
  document.addEventListener("input", (event) => {
    const selector = event.target.dataset?.filters;
    if (!selector) return;
    const wanted = plain(event.target.value.replace(/\s+/g, " ").trim());
    all(selector).forEach((it) => {
      const text = plain(it.textContent);
      it.hidden = !(text.includes(wanted) || text.replace(/[\s\u2009]/g, "").includes(wanted.replace(/\s/g, "")));
    });
  });

  // One menu at a time; Escape and a click elsewhere close it.
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // The palette: Ctrl K, arrows, Enter.
  const palette = one("#palette");
  const field = one("#palette-field");
  const entries = () => all("#palette-list li").filter((li) => !li.hidden);
  let at = 0;
  function show() {
    entries().forEach((li, index) => {
      li.classList.toggle("on", index === at);
      li.setAttribute("aria-selected", String(index === at));
      if (index === at) { field.setAttribute("aria-activedescendant", li.id); li.scrollIntoView({ block: "nearest" }); }
    });
  }
  field?.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    all("#palette-list li").forEach((li) => { li.hidden = !words.every((word) => plain(li.textContent).includes(word)); li.classList.remove("on"); });
    at = 0;
    show();
  });
  field?.addEventListener("keydown", (event) => {
    const list = entries();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : list.length - 1)) % Math.max(1, list.length);
      show();
    } else if (event.key === "Enter" && list[at]) {
      event.preventDefault();
      location.assign(one("a", list[at]).href);
    }
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && palette) {
      event.preventDefault();
      field.value = "";
      field.dispatchEvent(new Event("input"));
      if (!palette.open) palette.showModal();
      field.focus();
      return;
    }
    if (event.key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
    if (event.key === "/") { const find = one("#find"); if (find) { event.preventDefault(); find.focus(); } }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "Enter" && event.target.matches?.("tr[data-href]")) location.assign(event.target.dataset.href);
    else if (event.key === "x" && event.target.matches?.("tr[data-href]")) one('input[type=checkbox][name="id"]', event.target)?.click();
    else if (event.key === "n" && document.body.dataset.new) location.assign(document.body.dataset.new);
  });

  marked();
  document.addEventListener("htmx:afterSettle", marked);
})();
