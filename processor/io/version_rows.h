#pragma once

#include <string>
#include <vector>

#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/core/versions.h"

namespace mercaptan::processor {

/// The policies and calendars that the store keeps for its tickets. One that this program can't
/// read any more is left out, and named in `unread` if given: its tickets go on under the nearest.
[[nodiscard]] Result<EarlierVersions> load_versions(const store::Store& store,
                                                    std::vector<std::string>* unread = nullptr);

}  // namespace mercaptan::processor
