#pragma once

#include "common/http/server.h"
#include "common/metrics/metrics.h"
#include "common/store/store.h"
#include "gateway/gateway.h"

namespace mercaptan::gateway {

/// Health, metrics, quarantine and outbox. All of them outlive the server.
void add_routes(http::Server& server, const Gateway& gateway, const store::Store& store,
                metrics::Registry& metrics);

}  // namespace mercaptan::gateway
