"""The overview's script: it fetches the page again and replaces its `main`.

Without it the page stays as it was loaded. Open, scrolled and focused elements are kept; nothing
changes while text is selected.
"""

SECONDS = 5

SCRIPT = f"""(() => {{
  const note = document.getElementById("note");
  const keyOf = (one) => one.id ? "#" + CSS.escape(one.id)
    : `[href="${{CSS.escape(one.getAttribute("href") || "")}}"]`;
  const put = (next) => {{
    const main = document.querySelector("main");
    const kept = [...main.querySelectorAll("[id]")]
      .map((one) => [one.id, one.scrollLeft, one.open]);
    const focus = main.contains(document.activeElement) && keyOf(document.activeElement);
    main.replaceWith(next);
    for (const [id, left, open] of kept) {{
      const one = document.getElementById(id);
      if (one) {{ one.scrollLeft = left; if (open) one.open = true; }}
    }}
    if (focus) next.querySelector(focus)?.focus({{preventScroll: true}});
  }};
  const refresh = async () => {{
    if (document.hidden || !getSelection().isCollapsed) return;
    try {{
      const answer = await fetch(location.pathname, {{cache: "no-store"}});
      if (!answer.ok) throw new Error(`status ${{answer.status}}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(page.querySelector("main"));
      note.textContent = "Refreshed every {SECONDS} seconds.";
    }} catch (error) {{
      note.textContent = "The exporter does not answer; these are its last numbers.";
    }}
  }};
  const again = () => refresh().finally(() => setTimeout(again, {SECONDS * 1000}));
  note.textContent = "Refreshed every {SECONDS} seconds.";
  setTimeout(again, {SECONDS * 1000});
}})();
"""
