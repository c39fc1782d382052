// To the clipboard, also on pages without https where the modern way is switched off.

/** `within`: a modal dialog, outside of which nothing can be selected. */
export async function copyText(text: string, within: HTMLElement = document.body): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, within);
  }
}

function copyBySelection(text: string, within: HTMLElement): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  within.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
