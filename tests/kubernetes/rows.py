"""Which tables of the store hold rows, one a line: rows.py DATABASE. Tables of bookkeeping that name no count are left out."""

import shutil
import sqlite3
import sys
import tempfile

# A copy with its log: the store is in use.
with tempfile.TemporaryDirectory() as folder:
    for suffix in ("", "-wal"):
        try:
            shutil.copy(sys.argv[1] + suffix, f"{folder}/store{suffix}")
        except FileNotFoundError:
            pass
    connection = sqlite3.connect(f"{folder}/store")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
    for table in tables:
        # The installation's row stays; without identity, key and times it says nothing.
        condition = "WHERE coalesce(id_key, install_guid, start_hour, baseline_at, last_report) IS NOT NULL" if table == "installation" else ""
        count = connection.execute(f"SELECT count(*) FROM {table} {condition}").fetchone()[0]
        if count:
            print(table if "-v" not in sys.argv else f"{table} {count} {connection.execute(f'SELECT * FROM {table} LIMIT 3').fetchall()}")
