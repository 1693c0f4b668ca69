import { useTheme } from '../use-browser.js';
import { Icon } from './icon.js';

export const ThemeButton = () => {
  const [theme, toggle] = useTheme();
  const label = theme === 'dark' ? 'Use the light theme' : 'Use the dark theme';
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={toggle}>
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
};
