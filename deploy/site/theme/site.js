// The language that was chosen, and a search over all pages. No other host is asked; both work from a folder.
(() => {
  const root = document.documentElement;
  const base = document.currentScript.dataset.base;
  const storage = (() => { try { return window.localStorage; } catch { return null; } })();
  const speak = (language) => { root.dataset.speaks = language; storage?.setItem("language", language); };

  // a page in one language says which; one that holds both follows the reader
  speak("fixed" in root.dataset ? root.dataset.speaks : storage?.getItem("language") || root.dataset.speaks);
  for (const choice of document.querySelectorAll("[data-language]")) {
    choice.addEventListener("click", (event) => {
      if (choice.getAttribute("href") === "#") { event.preventDefault(); }
      if (choice.getAttribute("href") !== "#" || !("fixed" in root.dataset)) { speak(choice.dataset.language); }
    });
  }
  if (matchMedia("(max-width: 60rem)").matches) { document.querySelector(".menu details").open = false; }

  // what is wider than the screen can be moved by the keyboard, too
  const reachable = () => {
    for (const wide of document.querySelectorAll("pre, table")) {
      if (wide.scrollWidth > wide.clientWidth) { wide.tabIndex = 0; } else { wide.removeAttribute("tabindex"); }
    }
  };
  reachable();
  addEventListener("resize", reachable);

  // whoever types without marks finds words with marks
  const bare = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");
  const query = document.getElementById("query");
  const results = document.getElementById("results");
  let parts = null;

  const load = () => {
    if (parts) { return; }
    parts = [];
    const script = document.createElement("script");
    script.src = `${base}/search-index.js`;
    script.onload = () => {
      parts = window.manual.map(([url, page, heading, text]) =>
        ({ url, page, heading, text, head: bare(`${page} ${heading}`), body: bare(text) }));
      show();
    };
    document.head.append(script);
  };

  const rank = (part, words) => words.reduce((sum, word) => {
    if (sum < 0) { return sum; }
    if (part.head.includes(word)) { return sum + 8; }
    return part.body.includes(word) ? sum + 1 : -1;
  }, 0);

  const snippet = (part, word) => {
    const at = Math.max(0, part.body.indexOf(word) - 50);
    return (at ? "… " : "") + part.text.slice(at, at + 150);
  };

  const show = () => {
    const words = bare(query.value).split(/\s+/).filter(Boolean);
    results.replaceChildren();
    results.hidden = !words.length;
    if (!words.length) { return; }
    const found = (parts || []).map((part) => ({ part, rank: rank(part, words) })).filter((one) => one.rank > 0);
    found.sort((one, other) => other.rank - one.rank);
    for (const { part } of found.slice(0, 15)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `${base}/${part.url}`;
      const title = document.createElement("strong");
      title.textContent = part.heading === part.page ? part.page : `${part.page} › ${part.heading}`;
      const text = document.createElement("span");
      text.textContent = snippet(part, words[0]);
      link.append(title, text);
      item.append(link);
      results.append(item);
    }
    if (!results.children.length) {
      const none = document.createElement("li");
      none.textContent = "Không thấy gì. / Nothing found.";
      results.append(none);
    }
  };

  query.addEventListener("focus", load);
  query.addEventListener("input", show);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement === document.body) { event.preventDefault(); query.focus(); }
    if (event.key === "Escape") { results.hidden = true; query.blur(); }
  });
})();
