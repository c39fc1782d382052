// A choice of a few words, one of them pressed.

interface Props<T extends string> {
  label: string;
  options: readonly T[];
  value: T;
  choose(value: T): void;
}

export function Switch<T extends string>({ label, options, value, choose }: Props<T>) {
  return (
    <fieldset class="ls-ctl">
      <legend class="ls-vh">{label} axis</legend>
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
