! SPDX-License-Identifier: Apache-2.0
! Fortran's allocate and deallocate, for ctypes.
module victims
  use iso_c_binding
  implicit none
  real(8), allocatable, save :: kept(:), grid(:, :)
  real(8), pointer, save :: pointed(:)
contains
  subroutine keep_allocatable(count) bind(c)
    integer(c_size_t), value :: count
    allocate (kept(count))
    kept(1) = 1
  end subroutine

  subroutine keep_grid(rows, columns) bind(c)
    integer(c_size_t), value :: rows, columns
    allocate (grid(rows, columns))
    grid(1, 1) = 1
  end subroutine

  subroutine keep_pointer(count) bind(c)
    integer(c_size_t), value :: count
    allocate (pointed(count))
    pointed(1) = 1
  end subroutine

  ! Assignment to an allocatable of another shape makes it again: a realloc.
  subroutine grow(count) bind(c)
    integer(c_size_t), value :: count
    integer(c_size_t) :: i
    kept = [(real(i, 8), i=1, count)]
  end subroutine

  subroutine churn(count) bind(c)
    integer(c_size_t), value :: count
    real(8), allocatable :: given_back(:), left(:)
    allocate (given_back(count))
    given_back(1) = 1
    deallocate (given_back)
    allocate (left(count)) ! goes with the subroutine
    left(1) = 1
  end subroutine

  ! stat is not 0 where there isn't so much memory; the program goes on.
  function refused(count) bind(c) result(status)
    integer(c_size_t), value :: count
    integer(c_int) :: status
    real(8), allocatable :: far_too_large(:)
    allocate (far_too_large(count), stat=status)
  end function
end module
