"""``python -m tagger``"""
from .session import Session
from .settings import Settings


def main():
    settings = Settings.from_environment()
    print(settings)
    Session(settings).run()


if __name__ == "__main__":
    main()
