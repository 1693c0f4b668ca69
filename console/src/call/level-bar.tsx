import { useEffect, useRef } from 'preact/hooks';
import type { Levels } from './call-line.js';

/** Falls slower than it rises, as the eye likes it. */
const FALL = 0.88;

interface LevelBarProps {
  side: keyof Levels;
  label: string;
  levels: () => Levels;
}

/** How loud one side is: drawn past Preact, sixty times a second. */
export const LevelBar = ({ side, label, levels }: LevelBarProps) => {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let shown = 0;
    let loudest = 0;
    let frame = 0;
    const draw = (): void => {
      const level = levels()[side];
      shown = Math.max(level, shown * FALL);
      loudest = Math.max(loudest, level);
      const element = bar.current;
      if (element) {
        element.style.setProperty('--level', shown.toFixed(3));
        element.dataset.loudest = loudest.toFixed(2);
        element.dataset.level = shown.toFixed(2);
      }
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [side, levels]);
  return (
    <span class={`level ${side}`}>
      <span class="level-name">{label}</span>
      <span class="level-bar" ref={bar} data-testid={`level-${side}`} aria-hidden="true" />
    </span>
  );
};
