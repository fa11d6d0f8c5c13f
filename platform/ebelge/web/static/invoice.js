// Yeni belge: rows by keyboard, the check and the saving while one writes. Each of it is a button without this file.
(() => {
  "use strict";
  const form = document.getElementById("doc");
  if (!form) return;
  const live = document.getElementById("live"), lines = document.getElementById("lines"), state = document.getElementById("draft-state");
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const field = (name) => form.elements.namedItem(name);
  const id = (name) => "f-" + name.replace(/\[/g, "-").replace(/\]\./g, "-").replace(/\]/g, "").replace(/\./g, "-");
  const filled = new Map(); // what we wrote into fields, so that another number takes it away again
  let dirty = false;
  const look = () => form.dispatchEvent(new Event("look"));
  // htmx asks for the check 400 ms after the last key and saves the draft after 1.5 s (templates/invoice_form/new.html).
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target === live) shown(); });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === state && event.detail.xhr.getResponseHeader("HX-Replace-Url")) dirty = false;
  });
  const typed = () => { dirty = true; form.dispatchEvent(new Event("input", { bubbles: true })); };

  function write(name, value, always = false) {
    const place = field(name);
    if (!place || !("value" in place)) return false;
    const said = /(quantity|unit_price|gross|kdv_rate|percent)$/.test(name) && place.tagName === "INPUT" ? String(value).replace(".", ",") : String(value);
    if (!always && place.value !== "" && place.value !== filled.get(name) && !untouched(place)) return false;
    if (place.value === said) return false;
    place.value = said;
    filled.set(name, said);
    return true;
  }
  const untouched = (place) => place.tagName === "SELECT" && !place.dataset.touched;

  // What the answer says, put where it belongs.
  function shown() {
    const data = one(".live-data", live);
    if (!data) return;
    const known = document.getElementById("known");
    if (known) { known.textContent = data.dataset.known; known.className = "known " + data.dataset.tone; }
    let changed = false;
    for (const [name, value] of Object.entries(JSON.parse(data.dataset.fills))) changed = write(name, value) || changed;
    const boxes = JSON.parse(data.dataset.aliases), alias = field("receiver_alias");
    if (alias) {
      const now = alias.value;
      alias.replaceChildren(alias.options[0], ...boxes.map((box) => new Option(box, box, false, box === now)));
      alias.closest(".field").hidden = boxes.length < 2;
    }
    all("[data-line-total]").forEach((place) => { place.lastElementChild.textContent = one(`[data-sum-of="${place.dataset.lineTotal}"]`, live)?.textContent || ""; });
    all(".fault, .advice", form).forEach((words) => words.remove());
    all("[aria-invalid]", form).forEach((place) => { place.removeAttribute("aria-invalid"); place.removeAttribute("aria-describedby"); });
    all(".found [data-field], .found li", live).forEach((found) => {
      const place = document.getElementById(id(found.dataset.field || ""));
      if (!place) return;
      const words = document.createElement("p");
      words.className = found.dataset.warns ? "advice" : "fault";
      words.id = place.id + "-fault";
      words.textContent = found.dataset.words;
      all("[data-set]", found).forEach((button) => words.append(" ", button.cloneNode(true)));
      place.closest(".field").append(words);
      if (!found.dataset.warns) place.setAttribute("aria-invalid", "true");
      place.setAttribute("aria-describedby", words.id);
      for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    });
    const cost = document.getElementById("cost-words"), place = document.getElementById("send-cost");
    if (cost && place) place.textContent = " · " + cost.textContent.trim();
    if (changed) typed();
  }

  // Rows.
  let next = Math.max(-1, ...all(".doc-line", lines).map((row) => Number(row.dataset.row))) + 1;
  function add() {
    const made = document.getElementById("line-template").innerHTML.replaceAll("__n__", String(next));
    lines.insertAdjacentHTML("beforeend", made);
    next += 1;
    const row = lines.lastElementChild;
    all("[data-drop]", row).forEach((button) => { button.hidden = false; });
    one("input", row).focus();
    return row;
  }
  function drop(row) {
    if (lines.children.length === 1) { all("input", row).forEach((place) => { place.value = ""; }); typed(); return; }
    (row.nextElementSibling || row.previousElementSibling)?.querySelector("input")?.focus();
    row.remove();
    typed();
  }
  all("[data-drop]", lines).forEach((button) => { button.hidden = false; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-add-line]")) { event.preventDefault(); add(); }
    else if (button.matches("[data-drop]")) { event.preventDefault(); drop(button.closest(".doc-line")); }
    else if (button.dataset.set && (form.contains(button) || live.contains(button))) {
      const [name, ...value] = button.dataset.set.split("=");
      if (name !== "kind" && field(name)) { event.preventDefault(); write(name, value.join("="), true); typed(); look(); }
    } else if (button.matches("[data-preview]")) {
      const frame = document.getElementById("preview");
      frame.classList.add("shown");
      setTimeout(() => { all("button", form).forEach((each) => { each.disabled = false; }); frame.scrollIntoView({ block: "start" }); }, 60);
    }
  });
  lines.addEventListener("keydown", (event) => {
    const row = event.target.closest(".doc-line");
    if (!row) return;
    if (event.key === "Delete" && event.altKey) { event.preventDefault(); drop(row); return; }
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const below = row.nextElementSibling, name = event.target.name.replace(/^lines\[\d+\]/, "");
    if (below) (field(`lines[${below.dataset.row}]${name}`) || one("input", below)).focus();
    else add();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT" && !lines.contains(event.target) && event.target.type !== "checkbox") {
      event.preventDefault();
      const places = all("input:not([type=hidden]), select, textarea", form).filter((place) => place.offsetParent);
      places[places.indexOf(event.target) + 1]?.focus();
    }
  });

  // Names out of the books, as one types.
  let asking;
  function suggest(place) {
    const list = place.getAttribute("list"), address = { "contact-options": "/contacts/options", "product-options": "/products/options" }[list];
    if (!address) return;
    clearTimeout(asking);
    asking = setTimeout(() => htmx.ajax("GET", `${address}?q=${encodeURIComponent(place.value)}`, { target: `#${list}`, swap: "innerHTML" }), 200);
  }
  form.addEventListener("focusin", (event) => { if (event.target.getAttribute("list")) suggest(event.target); });
  form.addEventListener("input", (event) => {
    const place = event.target;
    dirty = true;
    if (place === form) return;
    if (place.tagName === "SELECT") place.dataset.touched = "1";
    if (place.getAttribute("list")) suggest(place);
    if (/^(buyer|farmer)\.number$/.test(place.name)) {
      // somebody else: what we had filled in for the one before goes
      for (const [name, value] of filled) if (name.startsWith(place.name.split(".")[0] + ".") && name !== place.name && field(name)?.value === value) { field(name).value = ""; filled.delete(name); }
    }
  });
  form.addEventListener("change", (event) => { if (/^(profile|type_code)$/.test(event.target.name)) form.requestSubmit(one('button[value="check"]', form)); });
  form.addEventListener("submit", () => { dirty = false; });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  if (!field("buyer.number")?.value && !field("farmer.number")?.value) (field("buyer.number") || field("farmer.number"))?.focus();
})();
