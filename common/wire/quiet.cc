#include "common/wire/quiet.h"

#include <google/protobuf/stubs/logging.h>

namespace mercaptan::wire {

void keep_quiet() {
    google::protobuf::SetLogHandler(nullptr);
}

}  // namespace mercaptan::wire
