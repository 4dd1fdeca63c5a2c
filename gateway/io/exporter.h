#pragma once

#include <cstdint>

#include "common/metrics/metrics.h"
#include "gateway/gateway.h"
#include "gateway/io/clock.h"

namespace mercaptan::gateway {

/// Makes the gateway's status visible as metrics. The gateway and the clock must outlive the
/// registry's callbacks. `profile_names` are in the order of Status::messages.
void export_metrics(metrics::Registry& metrics, const Gateway& gateway, Clock& clock,
                    const std::vector<std::string>& profile_names);

}  // namespace mercaptan::gateway
