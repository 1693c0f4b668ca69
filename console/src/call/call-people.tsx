import type { CallState } from './call-state.js';

/** Who is in the call besides the companion, where there are several, and who of them speaks. */
export const CallPeople = ({ state: { people, speakerId } }: { state: CallState }) =>
  people.length > 1 ? (
    <ul class="call-people" aria-label="People in the call" data-testid="call-people">
      {people.map(({ id, name, isGuest }) => (
        <li key={id} class={id === speakerId ? 'speaking' : undefined} data-speaking={id === speakerId}>
          {name}
          {isGuest && <span class="mark">guest</span>}
          {id === speakerId && <span class="visually-hidden"> is speaking</span>}
        </li>
      ))}
    </ul>
  ) : null;
