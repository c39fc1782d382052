// The border between our keys and the notebook's: in command mode a notebook deletes a cell on `d d`.

/** Stops plain keys at the edge of the dashboard. Ctrl+S, Shift+Enter, Tab and Escape still belong to the notebook. */
export function keepFromNotebook(event: KeyboardEvent): void {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (ctrlKey || metaKey || altKey) return;
  if (key === "Tab" || key === "Escape" || (key === "Enter" && shiftKey)) return;
  event.stopPropagation();
}

export function isUndo({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && !shiftKey && key.toLowerCase() === "z";
}
