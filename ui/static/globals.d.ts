// What the page adds to the browser's window.
interface Window {
  explorer: import("./state/explorer.js").Explorer;
  Plotly: any;
}
