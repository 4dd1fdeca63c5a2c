#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/io/tables.h"

// What a process found in the store when it began: the rows that everything else follows from, by
// the journal. A replay begins at one of them.
namespace mercaptan::processor {

struct Start {
    std::uint64_t commit = 0;  // The last one before it.
    Instant at;
    std::uint64_t journal_from = 0;  // The first row of the journal that it needs.
    bool operator==(const Start&) const = default;
};

inline constexpr Duration kStartEvery{24LL * 3'600'000};

/// Copies the rows that a process is about to begin with, unless that was done within kStartEvery.
/// Nothing else may write meanwhile.
[[nodiscard]] Result<void> keep_start(store::Store& store, Instant now);

/// All that are whole, oldest first.
[[nodiscard]] Result<std::vector<Start>> kept_starts(const store::Store& store);

using StartVisit = std::function<void(StoreTable of, std::string_view key, std::string_view value)>;
[[nodiscard]] Result<void> read_start(const store::Store& store, std::uint64_t commit,
                                      const StartVisit& visit);

/// Lets the journal go up to the newest start that is not younger than `oldest`: whatever is
/// younger can still be replayed.
[[nodiscard]] Result<void> age_journal(const store::Store& store, Instant oldest,
                                       Retention& retention);

}  // namespace mercaptan::processor
