#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "processor/io/journal.h"
#include "processor/io/replay_store.h"
#include "processor/io/starts.h"
#include "processor/processor.h"

// Recorded history once more: the same processor, fed from the journal instead of brokers.
namespace mercaptan::processor {

/// The rulebook of a content name. Fails if there is none, or if this program refuses it.
using RulebookSource =
    std::function<Result<std::shared_ptr<const Rulebook>>(const std::string& content)>;

/// One processor on its way through a journal.
class ReplayRun {
public:
    /// `settings`: those that it was recorded with.
    ReplayRun(const store::Store& recorded, RulebookSource rulebooks,
              const ProcessorSettings& settings = {});

    /// With what a process found when it began.
    [[nodiscard]] Result<void> begin(const Start& start);
    /// A record of the commit; a start opens a new processor with the rows of the commit before.
    [[nodiscard]] Result<void> take(std::uint64_t commit, const LoggedRecord& record);
    /// Ends the commit. What it decided is valid until the next call.
    [[nodiscard]] Result<const Commit*> close(const JournalHead& head);
    /// From here on other rules are in force; before its process began, from its start.
    [[nodiscard]] Result<void> use(RulebookSource rulebooks, Instant at);

    [[nodiscard]] const Engine& engine() const { return processor_->engine(); }

private:
    const store::Store& recorded_;
    ReplayStore store_;
    RulebookSource rulebooks_;
    ProcessorSettings settings_;
    std::string content_;  // Of the rulebook in force.
    std::unique_ptr<Processor> processor_;
    std::unique_ptr<Commit> commit_;
};

/// A row of the journal, as the replay comes by.
struct ReplayRow {
    std::uint64_t commit = 0;
    JournalHead head;
    std::string_view value;
};

/// The start that a replay from `from` begins at: the newest that is not younger, else the oldest.
[[nodiscard]] Result<Start> start_for(const store::Store& recorded, Instant from);

/// Visits the rows behind a start in order, up to the last commit that was closed before `to`;
/// fails with corrupt if one is missing.
using RowVisit = std::function<Result<void>(const ReplayRow&)>;
[[nodiscard]] Result<void> each_row(const store::Store& recorded, const Start& start, Instant to,
                                    const RowVisit& visit);

}  // namespace mercaptan::processor
