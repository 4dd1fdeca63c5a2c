#pragma once

#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/core/rulebook.h"
#include "processor/dry_run.h"

namespace mercaptan::processor {

/// What the proposed files would make of the store's open tickets as of `now`, if each were
/// migrated. Changes nothing. Fails with invalid_input and every error of the files, one per line.
[[nodiscard]] Result<DryRun> dry_run(const store::Store& store, const Rulebook& in_force,
                                     const ProposedFiles& files, Instant now);

}  // namespace mercaptan::processor
