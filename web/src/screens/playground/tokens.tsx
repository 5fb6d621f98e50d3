import type { Explained } from "@/api/answers";
import classes from "@/screens/playground/playground.module.css";

/** The sentences as the model sees them: token by token, and the pieces of a token that its encoder cuts. */
export function Tokens({ sentences }: { sentences: Explained["sentences"] }) {
  return (
    <ol className={classes.sentences}>
      {sentences.map(({ tokens, pieces, places }, index) => (
        <li key={places[0]?.[0] ?? index}>
          {tokens.map((token, at) => {
            const cut = pieces?.[at];
            return (
              <span key={places[at]![0]} className={classes.token} dir="auto">
                {cut && cut.length > 1 ? <small title={token}>{cut.join(" · ")}</small> : token}
              </span>
            );
          })}
        </li>
      ))}
    </ol>
  );
}
