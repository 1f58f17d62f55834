# SPDX-License-Identifier: MIT
# find_package(ksem) gives the target ksem::ksem.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
if(NOT TARGET ksem::ksem)
  add_library(ksem::ksem STATIC IMPORTED)
  set_target_properties(ksem::ksem PROPERTIES
    IMPORTED_LOCATION "@LIBDIR@/libksem.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES CXX
    INTERFACE_COMPILE_FEATURES cxx_std_20
    INTERFACE_INCLUDE_DIRECTORIES "@INCLUDEDIR@"
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
