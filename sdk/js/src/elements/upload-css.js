/**
 * How `<dozo-upload>` looks. Every colour can be set by a custom property; each text has a contrast of 4.5:1 or more. There are few
 * spaces, because bundlers leave a text as it is.
 */

export const CSS = `
:host{display:block;overflow-wrap:anywhere;color:var(--dozo-ink,CanvasText);
--accent:var(--dozo-accent,light-dark(#2f4fb3,#a9baff));--line:var(--dozo-line,light-dark(#8b867c,#7d838c));--radius:var(--dozo-radius,.75rem)}
:host([hidden]),[hidden]{display:none!important}
p,ul{margin:0;padding:0;list-style:none}
.zone,.list,.file{display:grid;gap:.5rem}
.zone,.file,.button{border:1px solid var(--line);border-radius:var(--radius)}
.zone,.file{background:var(--dozo-surface,Canvas)}
.zone{justify-items:center;gap:.75rem;padding:var(--dozo-padding,1.5rem);border:2px dashed var(--line);text-align:center}
.over{border:2px solid var(--accent)}
.choose{position:relative}
input{position:absolute;inset:0;width:100%;height:100%;opacity:0;cursor:pointer}
.button{padding:.55rem 1rem;background:none;color:inherit;font:inherit}
.choose .button{display:block;border-color:var(--accent);background:var(--accent);color:var(--dozo-accent-ink,light-dark(#fff,#131a33))}
input:disabled+.button{opacity:.5}
input:focus-visible+.button,.button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.list{margin-top:.5rem}
.file{padding:.75rem 1rem}
.name{font-weight:600}
[data-look=good] .state{color:var(--dozo-good,light-dark(#1a6b3c,#7ed8a0))}
[data-look=bad] .state{color:var(--dozo-bad,light-dark(#a32a1d,#ffa899))}
progress{width:100%;height:.5rem;accent-color:var(--accent)}
.acts{display:flex;flex-wrap:wrap;gap:.5rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
`;
