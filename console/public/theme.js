try {
  const theme = localStorage.getItem('cozy.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the page then follows the system's theme, which is the default anyway.
}
