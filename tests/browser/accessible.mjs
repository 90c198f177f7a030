// Looks at a page from within it, for what somebody who does not see it well depends on.

// The level of each heading, in order.
export function outline() {
  return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((it) => Number(it.tagName[1]));
}

// Controls without a text or a label.
export function namelessControls() {
  return [...document.querySelectorAll("a, button, input, summary")]
    .filter((it) => !(it.textContent.trim() || it.getAttribute("aria-label") || it.labels?.[0]?.textContent.trim()))
    .map((it) => it.outerHTML.slice(0, 100));
}

// How much each kind of text stands out from its ground, as WCAG 2 counts it: 1 is not at all, 21 the most.
export function contrasts() {
  document.querySelectorAll("details").forEach((it) => (it.open = true));
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // Any colour that CSS can say, as red, green, blue and opacity.
  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const brightness = (colour) => {
    const [red, green, blue] = [...parts(colour)].slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const colour = getComputedStyle(it).backgroundColor;
      if (parts(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const seen = new Map();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((it) => it.nodeType === Node.TEXT_NODE && it.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const [lighter, darker] = [ink, ground(element)].map(brightness).sort((a, b) => b - a);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    const kind = `${element.tagName.toLowerCase()}.${[...element.classList].join(".")} ${ink} on ${ground(element)}`;
    seen.set(kind, { kind, ratio: Math.round(ratio * 100) / 100 });
  }
  return [...seen.values()];
}
