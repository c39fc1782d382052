// The part of Plotly this product draws with. A file of its own, loaded when the first chart is about to be seen.

import bar from "plotly.js/lib/bar";
import Plotly from "plotly.js/lib/core";
import heatmap from "plotly.js/lib/heatmap";
// The strict variant compiles nothing at run time, so the page's content security policy may forbid that.
import parcoords from "plotly.js/src/traces/parcoords/strict";

Plotly.register([bar, heatmap, parcoords]);

export default Plotly;

// What draws with it and with nothing else.
export { formFor } from "../logged/forms.ts";
