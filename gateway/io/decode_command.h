#pragma once

#include <iosfwd>

#include "gateway/core/emergency.h"
#include "gateway/core/registry.h"
#include "gateway/profiles/profile_set.h"

namespace mercaptan::gateway {

/// `mercaptan-gateway decode`: one JSON line in, one out, in order; state is kept between them.
/// Lines that are no such JSON are answered as rejected.
void run_decode(std::istream& in, std::ostream& out, profiles::ProfileSet& profiles,
                const Registry& registry, const SetPoints& points);

}  // namespace mercaptan::gateway
