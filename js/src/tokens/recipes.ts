// What to paste where an experiment runs, for this server and one token.

export interface Recipe {
  name: string;
  code: string;
  /** What to do beside it; never copied. */
  note: string;
  /** Whether the repository is named only for code outside Git. */
  asksGit: boolean;
  /** Whether it can ask first if anything would arrive. */
  asksWay?: boolean;
}

interface Ingredients {
  /** This server's address, with its last slash. */
  address: string;
  token: string;
  /** What the code's repository is called, where Git cannot say it. */
  repo: string;
  /** The code that runs there lies in no clone. */
  outsideGit: boolean;
  /** Ask first whether what is sent would arrive. */
  tryWay: boolean;
}

export function recipes({ address, token, repo, outsideGit, tryWay }: Ingredients): Recipe[] {
  const named = outsideGit ? { DVC_STUDIO_REPO_URL: repo } : {};
  const studio = { DVC_STUDIO_URL: address, DVC_STUDIO_TOKEN: token, ...named };
  const first = tryWay ? `${TRY}\n` : "";
  return [
    {
      name: "DVCLive or DVC",
      code: `${exported(studio)}\n${first}python train.py`,
      note: "DVCLive, its callbacks and dvc exp run send here as they are. Keep the slash at the end.",
      asksGit: true,
      asksWay: true,
    },
    {
      name: "live_studio",
      code: `${exported({ LIVE_STUDIO_URL: address, LIVE_STUDIO_TOKEN: token, ...named })}\npython train.py`,
      note: "Live of live_studio sends here; what a cut connection holds up is sent when it is back.",
      asksGit: true,
    },
    {
      name: "GitHub Actions",
      code: ["- run: python train.py", "  env:", ...Object.entries(inActions(studio)).map(yaml)].join("\n"),
      note: "Keep the token out of the file: store it as the secret DVC_STUDIO_TOKEN (Settings, Secrets and variables, Actions).",
      asksGit: true,
    },
    {
      name: "Slurm",
      code: `#!/bin/bash\n#SBATCH --job-name=train\n${exported(studio)}\n${first}srun python train.py`,
      note: "The token is in the script: chmod 600 keeps it yours. Compute nodes must reach this address.",
      asksGit: true,
      asksWay: true,
    },
    {
      name: "Colab",
      code: colab({ ...studio, DVC_STUDIO_REPO_URL: repo }),
      note: "Store the token in Colab's Secrets as DVC_STUDIO_TOKEN: in a cell it would be saved with the notebook.",
      asksGit: false,
    },
    {
      name: "curl",
      code: curl(address, token, repo),
      note: "Sends one finished experiment, to see that the way is open.",
      asksGit: false,
    },
  ];
}

/** Goes the way of DVCLive's posts, with what DVCLive brings, and says what is in it. Nothing is recorded. */
const TRY = `python - <<'TRY'
import os, requests
url, token = os.environ["DVC_STUDIO_URL"], os.environ["DVC_STUDIO_TOKEN"]
asked = {"repo_url": os.environ.get("DVC_STUDIO_REPO_URL", "https://nowhere.invalid/"), "refs": {}}
hints = {
    "ProxyError": "a proxy stands before it: add its host to NO_PROXY",
    "CERTIFICATE": "nobody here trusts its certificate: name its authority's file in REQUESTS_CA_BUNDLE",
    "SSLError": "it does not speak HTTPS: begin DVC_STUDIO_URL with http://",
    "resolve": "nobody here knows this host: is DVC_STUDIO_URL spelled as in the Tokens panel?",
    "refused": "nothing listens there: is the port that of the Tokens panel, and the server running?",
    "aborted": "it hangs up: begin DVC_STUDIO_URL with https://",
    "timed out": "it does not answer: https:// where http:// is spoken, a firewall, or another host",
    "": "it is no address: is DVC_STUDIO_URL as in the Tokens panel?",
}
try:
    way = requests.compat.urljoin(url, "webhook/dvc")
    answer = requests.post(way, json=asked, headers={"Authorization": "token " + token}, timeout=5)
    ours = "json" in answer.headers.get("Content-Type", "")
    said = answer.text if ours else "it is no Live Studio: is DVC_STUDIO_URL as in the Tokens panel?"
    print("Live Studio takes this token." if answer.text == "{}" else "! " + url + ": " + said)
except requests.RequestException as error:
    print("! " + url + ": " + next(hints[word] for word in hints if word in str(error)))
TRY`;

type Variables = Record<string, string>;

const exported = (variables: Variables): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shell(value)}`)
    .join("\n");

const inActions = (variables: Variables): Variables => ({
  ...variables,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how GitHub writes a secret.
  DVC_STUDIO_TOKEN: "${{ secrets.DVC_STUDIO_TOKEN }}",
});

const yaml = ([name, value]: [string, string]): string =>
  `    ${name}: ${value.startsWith("${{") ? value : JSON.stringify(value)}`;

function colab({ DVC_STUDIO_TOKEN: _, ...variables }: Variables): string {
  const lines = Object.entries(variables).map(([name, value]) => `os.environ["${name}"] = ${JSON.stringify(value)}`);
  const secret = 'os.environ["DVC_STUDIO_TOKEN"] = userdata.get("DVC_STUDIO_TOKEN")';
  return ["import os", "from google.colab import userdata", ...lines, secret].join("\n");
}

function curl(address: string, token: string, repo: string): string {
  const event = {
    type: "done",
    repo_url: repo,
    baseline_sha: "0".repeat(40),
    name: "from-curl",
    client: "curl",
    metrics: { "metrics.json": { data: { loss: 0.5 } } },
  };
  return [
    `curl -sS ${shell(`${address}api/live`)} \\`,
    `  -H ${shell(`Authorization: token ${token}`)} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shell(JSON.stringify(event))}`,
  ].join("\n");
}

const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const EXAMPLE = "https://github.com/org/repo";
const PLAIN = /^[\w.@:/+~-]+$/;

/** A repository as somebody would type it. What a client may have made up to be pasted into a shell is not offered. */
export function repoToType(repoUrl: string | undefined): string {
  if (!repoUrl || !PLAIN.test(repoUrl)) return EXAMPLE;
  return /^[\w-]+(\.[\w-]+)+\//.test(repoUrl) ? `https://${repoUrl}` : repoUrl;
}

/** Whether an address means this machine wherever it is typed. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname.startsWith("127.") || hostname === "[::1]";
}
