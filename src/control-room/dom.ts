type Value = string | boolean | undefined | ((event: Event) => void);
type Child = Node | string | null | undefined;

/**
 * Makes an element. Strings become text nodes and attributes, never markup, so that data cannot
 * become part of the page's structure. A function is taken as listener of the event so named.
 */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, Value> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The element of this id in the page as served. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element #${id}.`);
  return found as T;
}

/** Sets text and hides the element while there is none. */
export function say(of: HTMLElement, text: string): void {
  if (of.textContent !== text) of.textContent = text;
  of.hidden = text === '';
}

/** Calls `run` once, `ms` after the last of a burst of calls. */
export function debounce(ms: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
}

/** Calls `run` at most once in `ms`: soon after the first call of a burst, not after its end. */
export function throttle(ms: number, run: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setTimeout(() => {
      due = false;
      run();
    }, ms);
  };
}
