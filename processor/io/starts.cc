#include "processor/io/starts.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "processor/io/bytes.h"
#include "processor/io/journal.h"
#include "processor/io/rows.h"

// key: commit u64 | table u8 | the row's own key; last of each start its mark, table 255: at zigzag
// | journal_from
namespace mercaptan::processor {
namespace {

constexpr std::uint8_t kMark = 255;
constexpr std::size_t kPrefixBytes = sizeof(std::uint64_t) + 1;
constexpr std::size_t kBatchBytesMax = 4U << 20;
/// What Processor::open reads, but for the journal. Delivery and what gateways sent decide nothing.
constexpr std::array kTables{StoreTable::devices,  StoreTable::alarms,      StoreTable::tickets,
                             StoreTable::versions, StoreTable::idempotency, StoreTable::meta};
/// Beyond what a processor keeps of tickets that ended.
constexpr Duration kEndedTicketsKept{40LL * 24 * 3'600'000};

void start_key(std::string& out, std::uint64_t commit, std::uint8_t of) {
    out.clear();
    bytes::put_big_endian(out, commit);
    out.push_back(static_cast<char>(of));
}

std::uint64_t commit_of(std::string_view key) {
    return bytes::Reader{key}.big_endian<std::uint64_t>();
}

Result<std::uint64_t> last_commit(const store::Store& store) {
    std::uint64_t commit = 0;
    const auto scanned = store.scan_back(table(StoreTable::journal), {}, {},
                                         [&](std::string_view key, std::string_view) {
                                             commit = commit_of(key);
                                             return false;
                                         });
    if (!scanned) return Failure{scanned.error()};
    return commit;
}

/// Ended so long ago that no process keeps it in mind.
bool is_past(std::string_view ticket_row, Instant now) {
    const auto ticket = decode_ticket(ticket_row);
    return ticket && ticket->closed_at && *ticket->closed_at + kEndedTicketsKept < now;
}

Result<void> copy(store::Store& store, StoreTable of, std::uint64_t commit, Instant now) {
    store::Batch batch;
    std::string to;
    Result<void> outcome;
    auto scanned = store.scan(table(of), {}, {}, [&](std::string_view key, std::string_view value) {
        if (of == StoreTable::tickets && is_past(value, now)) return true;
        start_key(to, commit, table(of));
        to.append(key);
        batch.put(table(StoreTable::starts), to, value);
        if (batch.bytes() < kBatchBytesMax) return true;
        outcome = store.write(batch, store::Sync::no);
        batch.clear();
        return outcome.has_value();
    });
    if (!scanned) return scanned;
    if (!outcome || batch.empty()) return outcome;
    return store.write(batch, store::Sync::no);
}

/// The first mark at or behind a commit.
Result<std::optional<Start>> next_start(const store::Store& store, std::uint64_t from) {
    for (;;) {
        std::string key;
        start_key(key, from, 0);
        std::optional<std::uint64_t> commit;
        auto read = store.scan(table(StoreTable::starts), key, {},
                               [&](std::string_view found, std::string_view) {
                                   commit = commit_of(found);
                                   return false;
                               });
        if (!read) return Failure{read.error()};
        if (!commit) return std::nullopt;
        start_key(key, *commit, kMark);
        const auto mark = store.get(table(StoreTable::starts), key);
        if (!mark) return Failure{mark.error()};
        if (*mark) {
            bytes::Reader in{**mark};
            const Instant at{in.signed_varint()};
            const std::uint64_t journal_from = in.varint();
            if (!in.finished()) return fail(ErrorCode::corrupt, "starts: malformed mark");
            return Start{.commit = *commit, .at = at, .journal_from = journal_from};
        }
        from = *commit + 1;  // The copying was cut short.
    }
}

}  // namespace

Result<void> keep_start(store::Store& store, Instant now) {
    const auto kept = kept_starts(store);
    if (!kept) return Failure{kept.error()};
    if (!kept->empty() && now - kept->back().at < kStartEvery) return {};
    const auto commit = last_commit(store);
    if (!commit) return Failure{commit.error()};
    const auto journal_from = needed_journal(store);
    if (!journal_from) return Failure{journal_from.error()};
    for (const StoreTable of : kTables) {
        if (auto copied = copy(store, of, *commit, now); !copied) return copied;
    }
    std::string key;
    std::string value;
    start_key(key, *commit, kMark);
    bytes::put_varint(value, bytes::zigzag(now.ms));
    bytes::put_varint(value, *journal_from);
    store::Batch batch;
    batch.put(table(StoreTable::starts), key, value);
    return store.write(batch, store::Sync::yes);
}

Result<std::vector<Start>> kept_starts(const store::Store& store) {
    std::vector<Start> starts;
    for (std::uint64_t from = 0;;) {
        auto next = next_start(store, from);
        if (!next) return Failure{next.error()};
        if (!*next) return starts;
        from = (*next)->commit + 1;
        starts.push_back(**next);
    }
}

Result<void> read_start(const store::Store& store, std::uint64_t commit, const StartVisit& visit) {
    std::string from;
    std::string to;
    start_key(from, commit, 0);
    start_key(to, commit, kMark);
    return store.scan(table(StoreTable::starts), from, to,
                      [&](std::string_view key, std::string_view value) {
                          const auto of = static_cast<std::uint8_t>(key[kPrefixBytes - 1]);
                          visit(static_cast<StoreTable>(of), key.substr(kPrefixBytes), value);
                          return true;
                      });
}

Result<void> age_journal(const store::Store& store, Instant oldest, Retention& retention) {
    const auto starts = kept_starts(store);
    if (!starts) return Failure{starts.error()};
    for (const Start& start : *starts) {
        if (start.at > oldest) break;
        retention.first_journal_commit = start.journal_from;
        retention.first_start_commit = start.commit;
    }
    return {};
}

}  // namespace mercaptan::processor
