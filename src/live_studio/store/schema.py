"""The tables, as a list of migrations. A migration that was released is never edited.

`user_version` counts the migrations applied. Within a major version they only add, so that older
code goes on reading and writing.
"""

from __future__ import annotations

MAJOR = 1_000
"""`user_version` from here on belongs to a later, incompatible store."""

MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);
    INSERT INTO clock VALUES (1, 0);

    CREATE TABLE experiments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        repo_url TEXT NOT NULL,
        baseline_sha TEXT NOT NULL,
        name TEXT NOT NULL,
        generation INTEGER,          -- the one shown: the newest start
        deleted_at REAL,
        seq INTEGER NOT NULL,
        UNIQUE (repo_url, baseline_sha, name)
    );
    CREATE INDEX experiments_seq ON experiments (seq);

    CREATE TABLE generations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        experiment INTEGER NOT NULL REFERENCES experiments,
        number INTEGER NOT NULL,
        run TEXT UNIQUE,             -- null where the client has no run id
        journal_end INTEGER NOT NULL DEFAULT 0,   -- advanced by compare-and-set
        last_slice INTEGER NOT NULL DEFAULT 0,
        status TEXT NOT NULL,
        detail TEXT,
        guessed INTEGER NOT NULL DEFAULT 0,       -- 1: undone by what is logged next; 2: marked
        said TEXT,                                -- how it ended while a person's mark stands
        error TEXT NOT NULL DEFAULT 'null',
        client TEXT NOT NULL,
        files TEXT NOT NULL DEFAULT '{}',         -- a journal's params and metrics file
        message TEXT,
        subdir TEXT,
        experiment_rev TEXT,
        params TEXT NOT NULL DEFAULT '{}',
        metrics TEXT NOT NULL DEFAULT '{}',
        series TEXT NOT NULL DEFAULT '{}',
        images TEXT NOT NULL DEFAULT '[]',
        step INTEGER,
        started_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        ended_at REAL,
        heard_at REAL NOT NULL,
        gaps TEXT NOT NULL DEFAULT '[]',
        UNIQUE (experiment, number)
    );

    CREATE TABLE slices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        generation INTEGER NOT NULL REFERENCES generations,
        seq INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX slices_generation ON slices (generation, id);

    CREATE TABLE images (digest TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL);

    CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        repo_url TEXT NOT NULL,
        subdir TEXT,
        seq INTEGER NOT NULL
    );
    CREATE INDEX projects_repo ON projects (repo_url);

    CREATE TABLE repos (
        repo_url TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        refs TEXT NOT NULL DEFAULT '',
        seq INTEGER NOT NULL
    );

    CREATE TABLE tokens (
        digest TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,          -- user | local
        scope TEXT NOT NULL,
        created_at REAL NOT NULL,
        expires_at REAL,
        revoked_at REAL
    );
    """,
    """
    -- an id stays when its token is regenerated; a repo_url is the only one that a token writes
    ALTER TABLE tokens ADD COLUMN id TEXT;
    ALTER TABLE tokens ADD COLUMN repo_url TEXT;
    ALTER TABLE tokens ADD COLUMN last_used_at REAL;
    CREATE UNIQUE INDEX tokens_id ON tokens (id);
    """,
    """
    -- the id of the token that opened the run; null where its journal lay on this machine
    ALTER TABLE generations ADD COLUMN owner TEXT;
    """,
    """
    -- What became of what was sent; store/ledger.py says what each counts.
    ALTER TABLE generations ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE generations ADD COLUMN repaired INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE generations ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE generations ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE generations ADD COLUMN refusal TEXT NOT NULL DEFAULT 'null';
    UPDATE generations SET received =
        (SELECT coalesce(sum(json_extract(value, '$.count')), 0) FROM json_each(series));
    """,
    """
    -- the id of the token that a request to this generation came with last
    ALTER TABLE generations ADD COLUMN sender TEXT;
    CREATE INDEX generations_sender ON generations (sender) WHERE sender IS NOT NULL;
    """,
    """
    -- the table as somebody arranged it: JSON of the dashboard's own
    ALTER TABLE projects ADD COLUMN view TEXT NOT NULL DEFAULT 'null';
    ALTER TABLE projects ADD COLUMN deleted_at REAL;
    """,
    """
    -- when DVC said that it had pushed the experiment's commit; null: it has not, or has removed it
    ALTER TABLE generations ADD COLUMN pushed_at REAL;
    CREATE INDEX generations_rev ON generations (experiment_rev) WHERE experiment_rev IS NOT NULL;
    """,
    """
    -- plots with the digests of their rows, what was said of artifacts, and how many steps there will be
    ALTER TABLE generations ADD COLUMN plots TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE generations ADD COLUMN artifacts TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE generations ADD COLUMN total_steps INTEGER;
    CREATE TABLE plot_rows (digest TEXT PRIMARY KEY, body BLOB NOT NULL);
    """,
    """
    -- the generation that a resumed run goes on with; 0: there is none; null: it began anew
    ALTER TABLE generations ADD COLUMN resumes INTEGER;
    """,
    """
    -- further clones of the repository on this machine: a JSON list of paths
    ALTER TABLE repos ADD COLUMN others TEXT NOT NULL DEFAULT '[]';
    """,
    """
    -- Points by series, in few bytes, in the place of the slices up to `packed`; of what those held
    -- also the points and the bytes of a journal. Older code sees the slices after that only.
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        generation INTEGER NOT NULL REFERENCES generations,
        path TEXT NOT NULL,
        seq INTEGER NOT NULL,        -- of the newest point in it
        low REAL NOT NULL,           -- of its steps
        high REAL NOT NULL,
        count INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX chunks_series ON chunks (generation, path, id);
    ALTER TABLE generations ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE generations ADD COLUMN packed_points INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE generations ADD COLUMN packed_bytes INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX generations_raw ON generations (id) WHERE last_slice > packed;
    """,
    """
    -- when somebody asked the run to stop
    ALTER TABLE generations ADD COLUMN stop_asked_at REAL;
    """,
)
