// A choice of a few words, one of them pressed.

interface Props<T extends string> {
  label: string;
  /** What a screen reader hears; by default that it is about an axis. */
  legend?: string;
  options: readonly T[];
  value: T;
  choose(value: T): void;
}

export function Switch<T extends string>({ label, legend = `${label} axis`, options, value, choose }: Props<T>) {
  return (
    <fieldset class="ls-ctl">
      <legend class="ls-vh">{legend}</legend>
      <span aria-hidden="true">{label}</span>
      <span class="ls-seg">
        {options.map((option) => (
          <button
            type="button"
            key={option}
            class="ls-b"
            aria-pressed={option === value}
            onClick={() => choose(option)}
          >
            {option}
          </button>
        ))}
      </span>
    </fieldset>
  );
}
