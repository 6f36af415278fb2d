// Sets theme and density before the first paint; frame/theme.ts owns them afterwards. A file, because the CSP allows no inline script.
(() => {
  try {
    const { theme, density } = JSON.parse(localStorage.getItem('cadre.appearance') ?? '{}');
    if (['light', 'dark', 'contrast'].includes(theme)) document.documentElement.dataset.theme = theme;
    if (['compact', 'roomy'].includes(density)) document.documentElement.dataset.density = density;
  } catch {
    // A damaged or refused setting is the system's choice.
  }
})();
