// Names of built files, put in by js/build.mjs, and style sheets imported as text.
declare const APP: string;
declare const PLOTLY: string;
declare const ACROSS: string;
declare const STORAGE: string;

declare module "*.css" {
  const text: string;
  export default text;
}

declare module "plotly.js/src/traces/parcoords/strict";
