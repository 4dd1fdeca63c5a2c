#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/domain/instant.h"
#include "common/store/store.h"
#include "processor/commit.h"
#include "processor/core/record.h"
#include "processor/core/rulebook.h"
#include "processor/dry_run.h"
#include "processor/io/rows.h"

namespace mercaptan::processor {

struct Readiness {
    bool store_open = false;
    bool broker_connected = false;
    bool caught_up = false;  // Every overdue deadline of before the start was handled.
    [[nodiscard]] bool ready() const { return store_open && broker_connected && caught_up; }
};

/// What the API needs of the processor: commands go in, committed state comes out. All calls are
/// thread-safe and none blocks on a disk or the network, but for reads of the store.
class Backend {
public:
    virtual ~Backend() = default;

    /// Called once, from any thread, after the command's record was committed; or with an error in
    /// the reply (unavailable) when it never will be.
    using Done = std::function<void(CommandOutcome)>;
    /// The command's `id` is the backend's to choose.
    virtual void submit(OperatorCommand command, std::optional<Reporter> reporter, Done done) = 0;

    /// Committed rows only, by the tables of processor/io/tables.h.
    [[nodiscard]] virtual const store::Store& store() const = 0;
    /// The one in force; never null.
    [[nodiscard]] virtual std::shared_ptr<const Rulebook> rulebook() const = 0;
    /// What other files would make of the open tickets; changes nothing. Reads all tickets.
    [[nodiscard]] virtual Result<DryRun> dry_run(const ProposedFiles& files) const = 0;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual Readiness readiness() const = 0;
    [[nodiscard]] virtual std::string metrics_text() = 0;

    /// Id of the last committed entry of the feed; 0 if there was none.
    [[nodiscard]] virtual std::uint64_t feed_end() const = 0;

    /// Hears every entry in order, once its commit is in the store, on one thread at a time. It
    /// must not block.
    using FeedListener = std::function<void(const FeedEntry&)>;
    /// There is one listener. Once this returns, the one before is not called any more; an empty
    /// one ends it.
    virtual void listen(FeedListener listener) = 0;
};

}  // namespace mercaptan::processor
