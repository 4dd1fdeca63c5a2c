// Asio and Beast are compiled here, once: the target defines BOOST_ASIO_SEPARATE_COMPILATION and
// BOOST_BEAST_SEPARATE_COMPILATION, so that the other files see declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
