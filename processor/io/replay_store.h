#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/store/store.h"
#include "processor/io/tables.h"

namespace mercaptan::processor {

/// What a replayed processor believes to be its store: the rows of a start and of what it decided
/// since, in memory, and the recorded journal up to where the replay is. Used by one thread.
class ReplayStore final : public store::Store {
public:
    explicit ReplayStore(const store::Store& recorded) : recorded_{recorded} {}

    void put(StoreTable of, std::string_view key, std::string_view value);
    /// Rows of the journal behind this commit are not there yet.
    void end_journal_at(std::uint64_t commit);

    /// Keeps what a restart reads, and lets the rest go.
    Result<void> write(const store::Batch& batch, store::Sync sync) override;
    Result<void> sync() override { return {}; }
    Result<std::optional<std::string>> get(store::Table of, std::string_view key) const override;
    Result<void> scan(store::Table of, std::string_view from, std::string_view to,
                      const Visit& visit) const override;
    Result<void> scan_back(store::Table of, std::string_view from, std::string_view to,
                           const Visit& visit) const override;

private:
    using Rows = std::map<std::string, std::string, std::less<>>;

    const store::Store& recorded_;
    std::array<Rows, kStoreTableCount> tables_;
    std::string journal_end_;
};

}  // namespace mercaptan::processor
