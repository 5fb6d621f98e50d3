/** Small choices of one person on one machine, kept in the browser. */
function preference<Value extends string>(name: string, initial: Value) {
  const key = `livener.${name}`;
  return {
    read: () => (localStorage.getItem(key) as Value | null) ?? initial,
    write: (value: Value) => localStorage.setItem(key, value),
  };
}

export const lastProject = preference<string>("project", "");
export const keyPreset = preference<"livener" | "label-studio">("keys", "livener");
/** Whether the tour was taken or skipped. */
export const tour = preference<"" | "seen">("tour", "");
