// The schema of the state database, as steps from each version to the next (PRAGMA user_version).
// Times are microseconds since 1970 in UTC; addresses and prefixes are text, for people who look.
#pragma once

#include <array>

namespace mailban::io {

inline constexpr std::array kMigrations{
    R"(
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        ip TEXT NOT NULL,
        account BLOB,
        server INTEGER NOT NULL,
        service INTEGER NOT NULL,
        reply TEXT,
        enhanced TEXT,
        attempts INTEGER NOT NULL,
        client_port INTEGER,
        pid INTEGER,
        source TEXT NOT NULL
    );
    CREATE INDEX events_by_time ON events (time);
    CREATE INDEX events_by_ip ON events (ip, time);

    CREATE TABLE bans (
        id INTEGER PRIMARY KEY,
        prefix TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,
        origin INTEGER NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        count INTEGER NOT NULL,
        level INTEGER NOT NULL,
        ended INTEGER,
        why TEXT NOT NULL DEFAULT ''
    );
    CREATE UNIQUE INDEX active_bans ON bans (prefix) WHERE ended IS NULL;
    CREATE INDEX bans_by_prefix ON bans (prefix, since);

    CREATE TABLE offenders (
        prefix TEXT PRIMARY KEY,
        level INTEGER NOT NULL,
        last_ban INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE positions (
        source TEXT NOT NULL,
        number INTEGER NOT NULL,
        device INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        offset INTEGER NOT NULL,
        fingerprint INTEGER NOT NULL,
        fingerprint_length INTEGER NOT NULL,
        PRIMARY KEY (source, number)
    ) WITHOUT ROWID;
    )",
    // Who told of an attempt, and how many attempts it added to what was known.
    R"(
    ALTER TABLE events ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN teller INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN may_be_doubled INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN session TEXT;
    ALTER TABLE events ADD COLUMN lasted INTEGER;
    UPDATE events SET counted = attempts;
    )",
    // How far the journal has been read.
    R"(
    CREATE TABLE journal_positions (
        source TEXT PRIMARY KEY,
        cursor TEXT NOT NULL,
        time INTEGER NOT NULL
    ) WITHOUT ROWID;
    )",
    // Which client has used which account, and when first and last.
    R"(
    CREATE TABLE logins (
        ip TEXT NOT NULL,
        account BLOB NOT NULL,
        since INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (ip, account)
    ) WITHOUT ROWID;
    CREATE INDEX logins_by_last ON logins (last);
    )",
    // Which password was tried: a mark of it, never the password.
    R"(
    ALTER TABLE events ADD COLUMN password INTEGER;
    )",
    // Who was allowed by hand, and what the allowlist's host names last resolved to.
    R"(
    CREATE TABLE allowed (
        prefix TEXT PRIMARY KEY,
        since INTEGER NOT NULL,
        until INTEGER,
        reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE host_addresses (
        name TEXT NOT NULL,
        ip TEXT NOT NULL,
        PRIMARY KEY (name, ip)
    ) WITHOUT ROWID;
    )",
    // Whether a password was given and no verdict on it came in time.
    R"(
    ALTER TABLE events ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;
    )",
    // Which ports a ban closes: "25,465", "all"; NULL: those of firewall.ports.
    R"(
    ALTER TABLE bans ADD COLUMN ports TEXT;
    )",
    // By what the oldest ones are dropped, and what a client's newest logins are found by.
    R"(
    CREATE INDEX bans_by_end ON bans (ended) WHERE ended IS NOT NULL;
    CREATE INDEX offenders_by_last_ban ON offenders (last_ban);
    CREATE INDEX logins_by_ip ON logins (ip, last);
    )",
    // What a log's live lines have shown of its clock or time zone: kind, and seconds.
    R"(
    CREATE TABLE log_clocks (
        source TEXT PRIMARY KEY,
        kind INTEGER NOT NULL,
        offset INTEGER NOT NULL
    ) WITHOUT ROWID;
    )",
    // The name of a log stands once, not in each of its events; those of before keep theirs in
    // `source`. What an address did is found in one part of the events after the other, so that
    // new events change few pages, whoever they are of.
    R"(
    CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    );
    ALTER TABLE events ADD COLUMN log INTEGER;
    DROP INDEX events_by_ip;
    CREATE INDEX events_by_part ON events (id >> 15, ip);
    )",
    // One ban a prefix and origin. What an administrator has pardoned: events up to that id, of
    // these addresses, count no longer.
    R"(
    DROP INDEX active_bans;
    CREATE UNIQUE INDEX active_bans ON bans (prefix, origin) WHERE ended IS NULL;
    CREATE TABLE pardons (
        id INTEGER PRIMARY KEY,
        behind INTEGER NOT NULL,
        prefix TEXT NOT NULL,
        time INTEGER NOT NULL
    );
    CREATE INDEX pardons_by_event ON pardons (behind);
    )",
    // Where a ban holds (BanPlace).
    R"(
    ALTER TABLE bans ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
    )",
};

}  // namespace mailban::io
