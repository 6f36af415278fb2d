const SIGNS: Record<string, string> = {
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
};

const onMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

/** One cap per stroke. A chord is one cap ("⌘K" or "Ctrl K"); keys pressed after one another are several ("G", "I"). */
export function keyCaps(keys: string, mac: boolean = onMac): string[] {
  return keys.split(' ').map((stroke) => {
    const parts = stroke.split('+').map((part) => {
      if (part === 'Mod') return mac ? '⌘' : 'Ctrl';
      if (part === 'Shift') return mac ? '⇧' : 'Shift';
      if (part === 'Alt') return mac ? '⌥' : 'Alt';
      return SIGNS[part] ?? part;
    });
    return parts.join(mac ? '' : ' ');
  });
}
