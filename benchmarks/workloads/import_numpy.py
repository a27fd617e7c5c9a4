# SPDX-License-Identifier: Apache-2.0
"""import numpy."""

import numpy  # noqa: F401
