#include "gateway/profiles/profile_set.h"

namespace mercaptan::gateway::profiles {

std::size_t ProfileSet::decode(std::string_view topic, std::string_view payload, Decoded& decoded) {
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
        if (!profiles_[i]->matches(topic)) continue;
        profiles_[i]->decode(topic, payload, decoded);
        return i;
    }
    decoded.clear();
    decoded.reject("no profile matches the topic");
    return profiles_.size();
}

}  // namespace mercaptan::gateway::profiles
