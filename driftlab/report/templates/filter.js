(() => {
  "use strict";
  // Paper shows what the screen folds away, except the long lists of answers.
  const folded = () => document.querySelectorAll("details.kept");
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...folded()].filter((part) => !part.open);
    opened.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));

  const form = document.getElementById("filter");
  if (!form) return;
  form.hidden = false;
  const said = document.getElementById("filter-said");
  const pairs = [...document.querySelectorAll(".pair")];
  const groups = [...document.querySelectorAll(".group")];
  const texts = new Map(pairs.map((pair) => [pair, pair.textContent.toLowerCase()]));
  const value = (name) => (form.elements[name] ? form.elements[name].value : "");

  const apply = () => {
    const want = { run: value("run"), move: value("move"), category: value("category") };
    const text = value("text").trim().toLowerCase();
    const chosen = Boolean(want.run || want.move || want.category || text);
    let count = 0;
    for (const pair of pairs) {
      const data = pair.dataset;
      const fits = Object.keys(want).every((key) => !want[key] || data[key] === want[key]);
      pair.hidden = !(fits && texts.get(pair).includes(text));
      count += pair.hidden ? 0 : 1;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector(".pair:not([hidden])");
      for (const more of group.querySelectorAll("details.more")) {
        more.hidden = !more.querySelector(".pair:not([hidden])");
        more.open = chosen && !more.hidden;
      }
    }
    said.textContent = chosen ? `${count} of ${pairs.length} pairs shown` : `${pairs.length} pairs, the first of each kind unfolded`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
})();
