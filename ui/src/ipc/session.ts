// A browser gets in with a code that works once: it stands in the fragment, which no server and no log ever sees,
// is exchanged for a bearer and removed from the address bar before anything else runs.

const KEY = 'cadre.bearer';

/** The code of `#code=…`, if there is one. */
export function codeOf(fragment: string): string | null {
  const match = /^#\/?code=([^&]+)/.exec(fragment);
  return match?.[1] ? decodeURIComponent(match[1]) : null;
}

/** Takes the code out of the address bar and out of the history entry. Answers it once. */
export function takeCode(location: Location, history: History): string | null {
  const code = codeOf(location.hash);
  if (code !== null) history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  return code;
}

export const bearer = {
  get: (): string | null => sessionStorage.getItem(KEY),
  set: (value: string) => sessionStorage.setItem(KEY, value),
  clear: () => sessionStorage.removeItem(KEY),
};
