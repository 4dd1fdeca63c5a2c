#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/core/record.h"

// The journal: every record that the core was given, in the order of its steps, one row per commit.
// A restart reads its end; `mercaptan replay` reads all of it.
namespace mercaptan::processor {

/// What stands before the records of a row.
struct JournalHead {
    Instant closed_at;              // The commit's own time.
    std::uint64_t needed_from = 0;  // A restart after this commit reads the rows from this one on.
    std::uint64_t print = 0;        // Of everything that the commit decided (decision_print.h).
    bool operator==(const JournalHead&) const = default;
};

/// A reading as the core was given it. Counted: its device's row changes by it, so that a restart
/// has to catch up with it.
struct LoggedReading {
    Reading reading;
    bool counted = true;
};

/// A rulebook came into force; its files are kept under this name (rulebook_files.h).
struct LoggedReload {
    std::string content;
    bool operator==(const LoggedReload&) const = default;
};

/// A process began with the rows of the commit before. The record's time is its clock's.
struct LoggedStart {
    std::string content;  // Of its rulebook.
    std::string program;  // Its version: another one may decide otherwise.
    bool operator==(const LoggedStart&) const = default;
};

struct LoggedRecord {
    Instant at;
    Name gateway;
    std::variant<Tick, LoggedReading, OnlineChange, UnreadableMessage, ValveReport, OperatorCommand,
                 LoggedReload, LoggedStart>
        body;
};

/// Gathers the records of one commit.
class JournalWriter {
public:
    void add(Instant at, const Name& gateway, const Reading& reading, bool late, bool counted);
    /// Of any kind but a reading. Of a command, the waiting caller is not kept.
    void add(const LoggedRecord& record);

    [[nodiscard]] std::size_t bytes() const { return entries_.size(); }
    /// The row's value. The writer is empty again.
    void finish(std::string& value, const JournalHead& head);

private:
    void begin(Instant at, const Name& gateway);

    std::string entries_;
    Name gateway_;
    Instant at_;
};

/// True for a row of before the journal was kept: readings alone, without head, all counted.
[[nodiscard]] bool is_bare_journal(std::string_view value);
/// Of a bare row everything is zero. Fails with corrupt.
[[nodiscard]] Result<JournalHead> decode_journal_head(std::string_view value);
/// Calls `visit` for each record in order, until it returns false. What comes before damage is
/// visited. Fails with corrupt.
[[nodiscard]] Result<void> decode_journal(std::string_view value,
                                          const std::function<bool(const LoggedRecord&)>& visit);

/// The first commit whose row a restart needs. Rows of before the journal was kept are all needed:
/// others were erased.
[[nodiscard]] Result<std::uint64_t> needed_journal(const store::Store& store);

}  // namespace mercaptan::processor
