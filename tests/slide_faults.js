// What is wrong on each slide of a built deck, at 1280 by 720: slide number to a list of words. Evaluated by test_slides.py.
(async () => {
  const SMALLEST = 23.9, CONTENT_END = 684, WIDTH = 1280;
  const found = {};
  const painted = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));

  const channels = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = colour => {
    const [r, g, b] = channels(colour).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const clear = colour => colour === "none" || colour === "transparent" || channels(colour)[3] === 0;
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!clear(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const short = text => text.trim().slice(0, 30);

  const ofText = section => {
    const said = [], walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.textContent.trim() || parent.closest("svg svg") || parent.closest("style")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.bottom > CONTENT_END) said.push(`${short(node.textContent)} ends at ${box.bottom.toFixed(0)}, below the slide's content`);
        if (box.right > WIDTH - 20 || box.left < 20) said.push(`${short(node.textContent)} runs out beside the slide`);
      }
      const style = getComputedStyle(parent), size = parseFloat(style.fontSize), ratio = contrast(style.color, behind(parent));
      if (size < SMALLEST) said.push(`${short(node.textContent)} has ${size} px`);
      if (ratio < 4.5) said.push(`${short(node.textContent)} has a contrast of ${ratio.toFixed(2)}`);
    }
    const blocks = [...section.children].map(e => [e, e.getBoundingClientRect()]).filter(([, box]) => box.height);
    blocks.slice(1).forEach(([, box], n) => {
      if (box.top < blocks[n][1].bottom - 0.5) said.push(`block ${n + 1} meets block ${n + 2}`);
    });
    const texts = blocks.map(([e]) => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect(); });
    texts.slice(1).forEach((box, n) => {
      if (box.top < texts[n].bottom - 6) said.push(`the words of block ${n + 1} meets those of block ${n + 2}`);
    });
    if (section.scrollHeight > 720 || section.scrollWidth > WIDTH) said.push("the slide's content is below or beside it");
    return said;
  };

  const ofFigure = svg => {
    const said = [], scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const panel = svg.viewBox.baseVal, area = panel.width * panel.height;
    const drawn = [...svg.querySelectorAll("text, rect, circle, polygon")];
    const texts = [];
    drawn.forEach((element, order) => {
      if (element.tagName !== "text" || !element.textContent) return;
      const box = element.getBBox(), style = getComputedStyle(element), size = parseFloat(style.fontSize) * scale;
      const words = short(element.textContent), x = box.x + box.width / 2, y = box.y + box.height / 2;
      if (size < SMALLEST) said.push(`${words} has ${size.toFixed(1)} px in its figure`);
      if (box.x < 0 || box.x + box.width > panel.width || box.y < -2 || box.y + box.height > panel.height + 6) said.push(`${words} leaves its figure`);
      const under = drawn.slice(0, order).filter(e => e.tagName !== "text").reverse().find(e => {
        const b = e.getBBox();
        return !clear(getComputedStyle(e).fill) && b.x <= x && x <= b.x + b.width && b.y <= y && y <= b.y + b.height;
      });
      const fill = under ? getComputedStyle(under).fill : "rgb(255, 255, 255)", ratio = contrast(style.fill, fill);
      if (ratio < 3) said.push(`${words} has a contrast of ${ratio.toFixed(2)} in its figure`);
      const b = under && under.getBBox();
      if (under && under.tagName === "rect" && b.width * b.height < 0.9 * area && (box.x < b.x + 1 || box.x + box.width > b.x + b.width - 1)) {
        said.push(`${words} leaves its box`);
      }
      for (const [other, o] of texts) {
        const wide = Math.min(box.x + box.width, o.x + o.width) - Math.max(box.x, o.x);
        const high = Math.min(box.y + box.height, o.y + o.height) - Math.max(box.y, o.y);
        // a line's box is higher than its letters: a quarter of it may be shared
        if (wide > 1 && high > 0.3 * Math.min(box.height, o.height)) said.push(`${words} meets ${other}`);
      }
      texts.push([words, box]);
    });
    return said;
  };

  await document.fonts.ready;
  const count = document.querySelectorAll("section[id]").length;
  for (let number = 1; number <= count; number++) {
    location.hash = `#${number}`;
    await painted();
    const section = document.querySelector(`section[id="${number}"]`);
    const figures = [...section.querySelectorAll("svg")];
    found[number] = [...ofText(section), ...figures.flatMap(ofFigure)];
    for (const figure of figures) if (!figure.getAttribute("aria-label") && figure.closest("figure")) found[number].push("a figure has no words");
  }
  return found;
})()
