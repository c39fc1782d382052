// The icon of the tab and the launcher card, in the colours JupyterLab gives its own.

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
<g class="jp-icon3" fill="none" stroke="#616161" stroke-width="1.4" stroke-linecap="round">
<path d="M4.8 11.2a4.5 4.5 0 0 1 0-6.4M11.2 4.8a4.5 4.5 0 0 1 0 6.4M2.7 13.3a7.5 7.5 0 0 1 0-10.6M13.3 2.7a7.5 7.5 0 0 1 0 10.6"/>
</g><circle class="jp-icon3" cx="8" cy="8" r="2" fill="#616161"/></svg>`;
