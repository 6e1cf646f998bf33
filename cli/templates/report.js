"use strict";
// The page is whole without this: it only hides findings, and opens what a link leads to.
(function () {
  const form = document.getElementById("filter");
  const text = document.getElementById("filter-text");
  const verdicts = Array.from(document.querySelectorAll(".filter-verdict"));
  const count = document.getElementById("filter-count");
  const findings = Array.from(document.querySelectorAll(".finding"));
  const button = document.getElementById("filter-open");

  function apply() {
    const wanted = text.value.trim().toLowerCase();
    const shown = verdicts.filter((box) => box.checked).map((box) => box.value);
    let visible = 0;
    for (const finding of findings) {
      const fits = shown.includes(finding.dataset.verdict) && finding.dataset.searched.includes(wanted);
      finding.hidden = !fits;
      visible += fits ? 1 : 0;
    }
    count.textContent = visible + " of " + findings.length + " shown";
  }

  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id ? document.getElementById(id) : null;
    const finding = target ? target.closest(".finding") : null;
    if (finding) {
      finding.hidden = false;
      finding.open = true;
      target.scrollIntoView();
    }
  }

  button.addEventListener("click", function () {
    const open = findings.some((finding) => !finding.hidden && !finding.open);
    for (const finding of findings) {
      if (!finding.hidden) {
        finding.open = open;
      }
    }
    button.textContent = open ? "Close all" : "Open all";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  window.addEventListener("hashchange", reveal);
  form.hidden = findings.length === 0;
  apply();
  reveal();
})();
