"use strict";
// Filter, search and copy. All that is said stands in the page without this.
(() => {
  const form = document.getElementById("filter");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const pairs = Array.from(document.querySelectorAll(".overview > details"), (element) => ({
    element,
    verdict: element.dataset.verdict,
    text: element.querySelector("summary").textContent.toLowerCase(),
  }));

  const filter = () => {
    const verdict = form.elements.verdict.value;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of pairs) {
      const fits = (verdict === "all" || verdict === item.verdict) && words.every((word) => item.text.includes(word));
      item.element.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    count.textContent = `${shown} of ${pairs.length} consumers`;
  };
  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    // A browser may keep what was typed when the page is loaded again.
    filter();
  }

  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.localName === "details") at.open = true;
      at.hidden = false;
    }
    (target.closest("details") || target).scrollIntoView();
    target.focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  // A second click on the same link changes no address.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();

  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
})();
