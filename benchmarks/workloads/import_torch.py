# SPDX-License-Identifier: Apache-2.0
"""import torch."""

import torch  # noqa: F401
