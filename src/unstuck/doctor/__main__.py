"""`python -m unstuck.doctor`: for when the command line does not start."""

from unstuck.doctor import examine, render

if __name__ == "__main__":  # importing it looks at nothing
    print(render(examine()))
